import type { Random } from './random.ts'

interface NameList {
  /** How many of a hundred families. */
  readonly share: number
  readonly women: readonly string[]
  readonly men: readonly string[]
  readonly families: readonly string[]
}

const words = (text: string): string[] => text.trim().split(/\s+/)

/** Where families come from decides their names and nothing else. Family names that do not change with gender. */
const origins: readonly NameList[] = [
  {
    share: 60,
    women: words(
      'Anja Birgit Charlotte Clara Emma Frieda Greta Hannah Heike Ida Jana Johanna Julia Katrin Lea Lena Leonie Lina Luise Marie Martha Mathilda Mia Nele Nora Paula Sabine Silke Sophie Theresa Ulrike Wiebke',
    ),
    men: words(
      'Andreas Anton Ben Bernd Christian Emil Felix Finn Florian Frank Fritz Hannes Henri Jakob Jan Jonas Karl Konrad Lars Leon Linus Lukas Matthias Max Moritz Niklas Oskar Paul Stefan Sven Theo Thorsten Uwe',
    ),
    families: words(
      'Ackermann Arndt Bauer Beckmann Böhm Brandes Busch Claußen Diekmann Döring Ebert Engel Fiedler Franke Fuchs Gerdes Groß Günther Haase Harms Heine Jahnke Janßen Jung Keller Kruse Kühn Lange Lorenz Lührs Möller Neumann Oltmanns Ott Pohl Reimers Rieger Sander Schäfer Schröder Seidel Sommer Stein Thiele Vogt Voß Wegener Winkler Wulf Ziegler',
    ),
  },
  {
    share: 14,
    women: words(
      'Ayşe Azra Büşra Defne Ebru Ecrin Elif Esra Fatma Hatice İrem Melek Merve Nisa Özlem Şeyma Sibel Sude Zeynep',
    ),
    men: words(
      'Ahmet Berat Burak Can Cem Efe Emre Eymen Furkan Hakan İsmail Kaan Kerem Mehmet Murat Mustafa Ömer Serkan Umut',
    ),
    families: words(
      'Acar Aksoy Aslan Aydın Bulut Çelik Doğan Erdem Güneş Kara Kaya Koç Korkmaz Öztürk Polat Şahin Tekin Ünal Yavuz Yıldız',
    ),
  },
  {
    share: 9,
    women: words(
      'Agnieszka Aleksandra Alicja Dorota Ewa Hania Joanna Julia Kasia Magdalena Małgorzata Oliwia Wiktoria Zofia Zuzanna',
    ),
    men: words(
      'Adam Bartosz Filip Grzegorz Jakub Kacper Krzysztof Łukasz Maciej Marek Mateusz Michał Paweł Piotr Szymon Tomasz Wojciech',
    ),
    families: words(
      'Adamczyk Baran Dudek Kaczmarek Kołodziej Król Kubiak Mazur Michalak Nowak Pawlak Pietrzak Sikora Stępień Walczak Wójcik Wróbel Zając',
    ),
  },
  {
    share: 10,
    women: words(
      'Amal Amira Aya Dalia Fatima Hala Hanan Iman Jamila Layla Lina Mariam Nadia Nour Rania Rima Salma Samira Yasmin Zahra',
    ),
    men: words(
      'Adnan Ahmad Ali Amir Bilal Fadi Hamza Hassan Ibrahim Jamal Karim Khaled Mahmoud Nabil Omar Rami Samir Tarek Yasin Ziad',
    ),
    families: words(
      'Abbas Al-Ahmad Al-Hassan Al-Masri Darwish Fares Haddad Hamdan Issa Jaber Khalil Mansour Nasser Odeh Qasim Rahman Saleh Shahin Suleiman Younes',
    ),
  },
  {
    share: 7,
    women: words(
      'Alina Anastasija Darja Halyna Inna Iryna Kateryna Ljudmyla Marija Nadija Natalija Oksana Olena Sofija Switlana Tetjana Viktorija',
    ),
    men: words(
      'Andrij Artem Bohdan Danylo Dmytro Ihor Ivan Maksym Mykola Oleh Oleksandr Pawlo Roman Serhij Taras Timur Vasyl Wolodymyr',
    ),
    families: words(
      'Bondarenko Danylenko Hnatjuk Hryzenko Klymenko Kowalenko Krawtschuk Lysenko Marchenko Melnyk Moros Oliinyk Petrenko Romanenko Sawtschenko Schewtschenko Tkatschenko Wdowenko',
    ),
  },
]

/** The names of one family: one family name, given names to draw from. */
export interface FamilyNames {
  readonly family: string
  given(random: Random, woman: boolean): string
}

export function drawFamilyNames(random: Random): FamilyNames {
  let ticket = random.below(100)
  const origin = origins.find(one => {
    ticket -= one.share
    return ticket < 0
  })
  if (!origin) throw new Error('The shares of the origins do not make a hundred')
  return {
    family: random.pick(origin.families),
    given: (source, woman) => source.pick(woman ? origin.women : origin.men),
  }
}

const spelled: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss', ł: 'l', ı: 'i' }

/** A name the way it stands in a mail address. */
export function mailName(name: string): string {
  return name
    .toLocaleLowerCase('de')
    .replace(/[äöüßłı]/g, letter => spelled[letter] ?? letter)
    .normalize('NFD')
    .replace(/[^a-z-]/g, '')
}
