import { foldName } from './facts.ts'

/** Given names common among children and parents at German schools. */
const common = new Set(
  `Aaron Ada Adam Adrian Ahmad Ahmed Aisha Albert Aleksandra Alessia Alexander Alexandra Ali Alice Alina Alma Amelie Amina Amir Amira Amy
  Andrea Andreas Andrej Angela Angelika Anika Anja Anke Anna Anne Annegret Annette Anni Annika Anton Antonia Arda Arne Artur Arwa Aslı Astrid
  Aurelia Axel Ayla Aylin Ayşe Aziz Barbara Bärbel Beate Beatrice Ben Benjamin Berat Bernd Bilal Birgit Birte Björn Bodo Bogdan Brigitte Britta
  Bruno Burak Can Carina Carla Carlotta Carmen Carolin Caroline Caspar Catharina Celina Cem Charlotte Chiara Christa Christel Christian
  Christiane Christina Christine Christoph Clara Claudia Claus Clemens Colin Constantin Cornelia Dana Daniel Daniela Danuta Dariusz David
  Deniz Diana Dieter Dilara Dirk Dominik Dorothea Ebru Eda Edith Ekaterina Ela Elena Eleni Elias Elif Elisa Elisabeth Elke Ella Elsa Emil
  Emilia Emine Emir Emma Emre Enno Enrico Erik Erika Erkan Esra Esther Eva Fabian Fabienne Fadi Falk Farid Fatih Fatima Fatma Felix Fenja
  Ferhat Finja Finn Fiona Florian Franziska Frauke Frederik Frida Frieda Gabriele Georgios Gerd Gerda Gerhard Gesa Gisela Giulia Gökhan Greta
  Grete Grit Gudrun Hakan Halil Hana Hannah Hanna Hanne Hannes Harald Hasan Hassan Hatice Hedda Heike Heiko Heinz Helena Helene Helga Helmut
  Henri Henriette Henrik Henry Hilal Hilke Holger Hussein Ibrahim Ida Ilka Imke Ina Inga Inge Ingo Ingrid Irina Iris Irmgard Isabel Isabell
  Isabella Ivana Ivo Iwona Jan Jana Janina Janine Jannik Jannis Jasmin Jason Jasper Jennifer Jens Jessica Joana Joanna Johanna Johannes
  Jolanta Jonah Jonas Jonathan Jördis Jörg Jörn Josefine Joshua Juan Judith Jule Julia Julian Juliane Julius Jürgen Jutta Kaan Kai Karin
  Karina Karl Karla Karolina Katarzyna Katharina Kathrin Katja Katrin Kemal Kerem Kerstin Khalid Kim Kira Kirsten Klara Klaus Konrad
  Konstantin Kristin Kristina Ksenia Lara Larissa Lars Lasse Laura Lea Leandro Leila Lena Leni Lennard Lennart Leo Leon Leonie Leyla Liam
  Liana Lias Lilli Lilly Lina Linda Linus Lisa Liv Liza Lotta Lotte Louis Louisa Luana Luca Lucia Lucy Luis Luisa Lukas Luna Lutz Lydia Maja
  Maike Malak Malin Malte Manfred Manuela Marcel Marco Marek Maren Margarete Margot Maria Mariam Marie Marina Mario Marion Marit Markus
  Marlene Marta Martha Martina Marvin Mary Maryam Mateo Mathilda Mats Matteo Matthias Mattis Max Maxim Maximilian Maya Mehmet Melanie Melina
  Melis Melissa Meike Meryem Merle Mia Michaela Michelle Mikail Mila Milan Milena Milo Mina Mira Miriam Miroslav Mohamed Mohammed Monika
  Mona Moritz Murat Mustafa Nadine Nadja Naomi Natalia Natalie Natascha Nele Nevin Nick Niclas Nico Nicole Niels Nikita Nikolai Nils Nina Noah
  Noemi Nora Nour Nuray Okan Ole Oleg Oleksandr Olena Olga Oliver Olivia Oliwia Omar Onur Orhan Oskar Pascal Patricia Patrick Paula Pauline
  Petra Phil Philipp Philippa Pia Pierre Piotr Rafael Raphael Rainer Ralf Rana Rania Ramona Regina Reinhard Renate Ricarda Rita Robin Roland
  Romy Ronja Rosa Roya Rüdiger Ruth Sabine Sabrina Said Saliha Samira Samuel Sandra Sara Sarah Sascha Sebastian Sebnem Selin Selma Sema Semih
  Serap Sevgi Sibel Sigrid Silke Silvia Simone Sina Sinan Sofia Sofie Sonja Sophia Sophie Stefan Stefanie Steffen Stella Stephan Stephanie
  Susann Susanne Svea Svenja Svetlana Sylvia Tabea Tamara Tanja Tarek Tatjana Theo Theresa Thorben Thorsten Till Tilda Tim Timo Timon Tobias
  Tom Tomasz Toni Torben Torsten Ulrike Umut Ursula Uta Ute Uwe Valentina Vanessa Vera Verena Veronika Victoria Viktor Viktoria Vincent Viola
  Vivien Volker Waltraud Wiebke Wilma Wolfgang Xaver Yara Yasemin Yasin Yasmin Yusuf Yvonne Zeynep Zoe Zoë Zofia`
    .split(/\s+/)
    .map(foldName),
)

/** Those of them that many people bear as a family name. */
const familyToo = new Set(
  `Aaron Adam Adrian Ahmad Ahmed Alexander Ali Amir Andreas Anton Arda Arne Aziz Benjamin Bilal Can Cem Christian Clemens Daniel David Deniz
  Dieter Dominik Emre Erik Fabian Farid Felix Florian Gerhard Hakan Halil Hasan Hassan Heinz Helmut Henry Hussein Ibrahim Jan Jason Johannes
  Jonas Julius Kaan Karl Kemal Khalid Klaus Konrad Konstantin Lorenz Louis Lukas Lutz Marco Maria Mario Markus Martha Matthias Mohamed Mohammed
  Moritz Murat Mustafa Nicole Oliver Omar Oskar Pascal Petra Philipp Pierre Rafael Reinhard Roland Rosa Said Samuel Sebastian Stefan Stephan
  Thorsten Till Tim Tobias Tom Viktor Vincent Volker Wolfgang Yasin Yusuf`
    .split(/\s+/)
    .map(foldName),
)

/** Whether this is a well-known given name. */
export function isGivenName(text: string): boolean {
  return foldName(text)
    .split(/[\s-]/)
    .every(part => common.has(part))
}

/** Whether this is a well-known given name that hardly anybody bears as a family name. */
export function isOnlyGivenName(text: string): boolean {
  return isGivenName(text) && !familyToo.has(foldName(text))
}

/** Whether this looks like a family name by how it ends. */
export function endsLikeFamilyName(text: string): boolean {
  return /.{2}(mann|meier|meyer|maier|mayer|schmidt|schmitt|bauer|berger|burger|müller|feld|stein|wald|bach|hoff|hofer|dorf|dörfer|haus|huber|hauser|horst|kamp|brink|wicz|owski|ewska|ovic|ović|ević|oğlu|oglu|enko|idis|akis|poulos)$/.test(
    foldName(text),
  )
}
